#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian package: built, read by lintian, installed with its dependencies into a bare Debian, used, purged; nothing
# is left. Arguments: the sources, the build folder. As root. ROOT_FS=FOLDER keeps the bare Debian for the next time.
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d /var/tmp/setpoint-package.XXXXXX)  # not /tmp, which may be mounted without devices
trap 'rm -rf "$work"' EXIT

fail() { echo "$*"; exit 1; }

# The changelog and the program say one version, the changelog and the man page one day.
version=$("$build/setpoint" --version)
[ "setpoint $(dpkg-parsechangelog -l "$source/deploy/debian/changelog" -S Version)" = "$version" ] ||
    fail "deploy/debian/changelog is not of $version"
day=$(date -u -d "$(dpkg-parsechangelog -l "$source/deploy/debian/changelog" -S Date)" +%F)
grep -q "^.TH SETPOINT 1 $day " <<<"$("$build/setpoint" manual)" || fail "the man page is not of $day, as the changelog is"

cmake --build "$build" --target setpoint package_files >/dev/null
cpack --config "$build/CPackConfig.cmake" -B "$work" >/dev/null
package=$(echo "$work"/setpoint_*.deb)
lintian --allow-root --fail-on error,warning "$package"
[ -z "$(dpkg-deb -c "$package" | grep -E '\.(hpp|a|cmake)$')" ] || fail "the library is not of the agent's package"

root=${ROOT_FS:-$work/root}
if [ ! -e "$root/etc/debian_version" ]; then
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' | head -1)
    debootstrap --variant=minbase --include=adduser,ca-certificates,tzdata bookworm "$root" "$mirror" >"$work/debootstrap" ||
        fail "$(tail -5 "$work/debootstrap")"
fi
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
files() { (cd "$root" && find etc usr var/lib -path var/lib/dpkg -prune -o -path var/lib/apt -prune -o -name '*setpoint*' -print | sort); }
inside groupadd --force --system docker
cp "$package" "$root/setpoint.deb"
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends /setpoint.deb >"$work/install" 2>&1 || fail "$(cat "$work/install")"

[ "$(inside setpoint --version)" = "$version" ] || fail "it does not run"
grep -q '^web: ' <<<"$(inside setpoint check /etc/setpoint/policies/web.yaml.example)" || fail "the example is wrong"
grep -q docker <<<"$(inside id setpoint)" || fail "the user setpoint may not use the Engine"
[ "$(inside getent passwd setpoint | cut -d: -f7)" = /usr/sbin/nologin ] || fail "the user setpoint can log in"
[ -L "$root/etc/systemd/system/multi-user.target.wants/setpoint.service" ] || fail "the service is not enabled"
[ -z "$(ls "$root"/etc/setpoint/policies/*.y*ml 2>/dev/null)" ] || fail "it comes with a policy that scales"
inside setpoint run -f /etc/setpoint/policies --docker-host unix:///none >"$work/empty" 2>&1 && fail "runs without a policy"

# An upgrade keeps what an administrator changed; a removal keeps the configuration; a purge keeps only what is theirs.
echo '# mine' >>"$root/etc/setpoint/policies/web.yaml.example"
echo 'mine: {}' >"$root/etc/setpoint/policies/mine.yaml"
inside dpkg --install /setpoint.deb >/dev/null
grep -q '# mine' "$root/etc/setpoint/policies/web.yaml.example" || fail "an upgrade overwrites the configuration"
mkdir -p "$root/var/lib/setpoint/journal"
inside dpkg --remove setpoint >/dev/null
[ -e "$root/etc/setpoint/policies/web.yaml.example" ] && [ -d "$root/var/lib/setpoint" ] || fail "a removal is no purge"
inside dpkg --purge setpoint >/dev/null 2>&1
[ -e "$root/etc/setpoint/policies/mine.yaml" ] || fail "a purge removes somebody's policies"
rm -r "$root/etc/setpoint" "$root/setpoint.deb"
[ -z "$(files)" ] || fail "left behind: $(files)"
if inside getent passwd setpoint; then fail "the user setpoint is left"; fi
