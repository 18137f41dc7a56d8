// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_metric_values.hpp"

#include <catch2/catch.hpp>

#include "collectors/kube_custom_path.hpp"
#include "core/units.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

std::string list_of(const std::string& items) { return R"({"kind":"MetricValueList","metadata":{},"items":[)" + items + "]}"; }

std::string item(const std::string& value, const std::string& rest = R"("timestamp":"2026-11-25T10:00:00Z")") {
    return R"({"describedObject":{"kind":"Pod","name":"cart-1"},"metric":{"name":"hits"},)" + rest + R"(,"value":)" + value + "}";
}

std::vector<KubeMetricValue> values_of(const std::string& items) {
    const auto values = parse_metric_values(list_of(items));
    REQUIRE(values);
    return *values;
}

}  // namespace

TEST_CASE("a value has its object, time and window, whatever the version calls it", "[kube_metric_values]") {
    const auto values = values_of(item("\"1500m\"", R"("timestamp":"2026-11-25T10:00:00Z","windowSeconds":60)") + "," +
                                  item("\"2\"", R"("timestamp":"2026-11-25T10:00:01Z","window":30)") + "," +
                                  item("7.5", R"("timestamp":"2026-11-25T10:00:02Z","windowSeconds":null)"));
    REQUIRE(values.size() == 3);
    CHECK(values[0].object == "cart-1");
    CHECK(values[0].value == 1.5);
    CHECK(values[0].measured == *parse_time("2026-11-25T10:00:00Z"));
    CHECK(values[0].window == 60s);
    CHECK(values[1].window == 30s);
    CHECK(values[2].value == 7.5);
    CHECK(values[2].window == 0s);
}

TEST_CASE("an item that makes no sense says why", "[kube_metric_values]") {
    const auto why = [](const std::string& one) { return values_of(one).at(0).wrong; };
    CHECK(why(item("\"many\"")) == "its value is 'many'");
    CHECK(why(item("\"NaN\"")) == "its value is 'NaN'");
    CHECK(why(item("null")) == "its value is ''");
    CHECK(why(item("\"1\"", R"("timestamp":null)")) == "its timestamp is ''");
    CHECK(why(item("\"1\"", R"("timestamp":"2026-11-25T10:00:00Z","windowSeconds":-1)")) == "its window is no number of seconds");
    CHECK(why(item("\"1\"", R"("timestamp":"2026-11-25T10:00:00Z","window":"30s")")) == "its window is no number of seconds");
    CHECK(why("5") == "its value is ''");
}

TEST_CASE("an answer that is no list of values", "[kube_metric_values]") {
    CHECK(parse_metric_values(R"({"items":null})")->empty());
    for (const std::string broken : {"", "{", "[]", "{}", R"({"items":{}})", "<html>"}) {
        CAPTURE(broken);
        REQUIRE_FALSE(parse_metric_values(broken));
        CHECK(parse_metric_values(broken).error().code == Errc::bad_reply);
    }
}

TEST_CASE("series are added up; the sum is as old as the oldest of them", "[kube_metric_values]") {
    const auto sum = sum_of(values_of(item("\"3\"", R"("timestamp":"2026-11-25T10:00:30Z","windowSeconds":60)") + "," +
                                      item("\"250m\"", R"("timestamp":"2026-11-25T10:00:00Z","windowSeconds":30)")));
    REQUIRE(sum);
    CHECK(sum->value == 3.25);
    CHECK(sum->measured == *parse_time("2026-11-25T10:00:00Z"));
    CHECK(sum->window == 60s);
    CHECK(sum_of({}).error().code == Errc::no_data);
    CHECK(sum_of(values_of(item("\"3\"") + "," + item("\"x\""))).error().message == "the answer makes no sense: its value is 'x'");
}

TEST_CASE("an object has one value", "[kube_metric_values]") {
    CHECK(only_value(values_of(item("\"-3\"")))->value == -3);
    CHECK(only_value({}).error().code == Errc::no_data);
    CHECK(only_value(values_of(item("\"1\"") + "," + item("\"2\""))).error().message == "there are 2 values, one is wanted: a selector chooses");
    CHECK(only_value(values_of(item("\"x\""))).error().code == Errc::bad_reply);
}

TEST_CASE("metrics are asked for where HPA asks", "[kube_metric_values]") {
    CHECK(metric_path(KubePodMetric{"hits"}, "shop", "") == "/namespaces/shop/pods/*/hits");
    CHECK(metric_path(KubePodMetric{"hits", "code!=500"}, "shop", "app=cart") ==
          "/namespaces/shop/pods/*/hits?labelSelector=app%3Dcart&metricLabelSelector=code%21%3D500");
    const KubeObjectMetric ingress{.name = "hits", .selector = "a=b", .kind = "Ingress", .object = "door"};
    CHECK(metric_path(ingress, "shop", "ingresses.networking.k8s.io") ==
          "/namespaces/shop/ingresses.networking.k8s.io/door/hits?metricLabelSelector=a%3Db");
    CHECK(metric_path(KubeObjectMetric{.name = "hits", .kind = "Namespace", .object = "elsewhere"}, "shop", "namespaces") == "/namespaces/shop/metrics/hits");
    CHECK(metric_path(KubeExternalMetric{"s0-rabbitmq-jobs", "queue=jobs,tier in (a, b)"}, "shop") ==
          "/namespaces/shop/s0-rabbitmq-jobs?labelSelector=queue%3Djobs%2Ctier%20in%20%28a%2C%20b%29");
    CHECK(metric_path(KubeExternalMetric{"../x|y"}, "a/b") == "/namespaces/a%2Fb/..%2Fx%7Cy");
}

TEST_CASE("a kind that Kubernetes has itself is known", "[kube_metric_values]") {
    const auto resource = [](const std::string& kind, const std::string& api_version) {
        return known_resource(KubeObjectMetric{.name = "m", .kind = kind, .object = "o", .api_version = api_version}).value_or("?");
    };
    CHECK(resource("Service", "") == "services");
    CHECK(resource("Service", "v1") == "services");
    CHECK(resource("Ingress", "") == "ingresses.networking.k8s.io");
    CHECK(resource("Ingress", "networking.k8s.io/v1") == "ingresses.networking.k8s.io");
    CHECK(resource("Ingress", "extensions/v1beta1") == "?");
    CHECK(resource("Service", "serving.knative.dev/v1") == "?");
}

TEST_CASE("of the versions that both know the newest is spoken", "[kube_metric_values]") {
    CHECK(newest_version(kCustomMetrics, R"({"versions":[{"version":"v1beta1"},{"version":"v1beta2"}]})") == "v1beta2");
    CHECK(newest_version(kCustomMetrics, R"({"versions":[{"version":"v1beta1"}]})") == "v1beta1");
    CHECK(newest_version(kExternalMetrics, R"({"versions":[{"version":"v1beta2"},{"version":"v1beta1"}]})") == "v1beta1");
    CHECK(newest_version(kExternalMetrics, R"({"versions":[{"version":"v7"},{"version":"v8"}]})").error().message ==
          "none of the versions that the cluster has is known here: v7, v8");
    CHECK_FALSE(newest_version(kExternalMetrics, "{}"));
    CHECK_FALSE(newest_version(kExternalMetrics, "<html>"));
    CHECK_FALSE(newest_version(kExternalMetrics, R"({"versions":[{"version":""}]})"));
}

}  // namespace setpoint::test
