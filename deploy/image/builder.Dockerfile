# Builds setpoint where the machine itself cannot: prints the context of the image (deploy/image/context).
#   docker build -t setpoint-builder -f deploy/image/builder.Dockerfile .
#   docker run --rm setpoint-builder | docker build -t setpoint -
ARG BASE=debian:12
FROM ${BASE}
WORKDIR /source
COPY deploy/packages deploy/packages
RUN deploy/packages build && apt-get install -y -qq --no-install-recommends ca-certificates
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF && cmake --build --preset release --target setpoint
CMD ["deploy/image/context"]
