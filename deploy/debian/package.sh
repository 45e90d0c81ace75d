#!/usr/bin/env bash
# Makes the Debian package of a built program, in a folder that is emptied before: package.sh [PROGRAM [FOLDER]]
#
# Its version is the program's own, its date SOURCE_DATE_EPOCH or that of the last commit: the same program and files give
# the same package, byte by byte.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=bedrock-quota-exporter
program=$(realpath "${1:-.build/release/$name}")
output=${2:-.build/package}
tree=$output/tree

version=$("$program" --version | sed -nE "1s/^$name, version ([0-9][0-9.]*)$/\1/p")
[ -n "$version" ] || { echo "$program --version: no version such as 0.1.0 in the first line" >&2; exit 1; }
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
# Modes are the package's, not those of whoever copied the project.
umask 022

rm -rf "$output"
mkdir -p "$tree"/{debian,completions,config,dashboards,prometheus}
cp deploy/debian/{control,copyright,docs,examples,install,manpages,postrm,prerm,rules} "$tree/debian"
cat >"$tree/debian/changelog" <<END
$name ($version) bookworm; urgency=medium

  * What changed is in /usr/share/doc/$name/CHANGELOG.md.gz.

 -- $(sed -n 's/^Maintainer: //p' deploy/debian/control)  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
# What the unit's head says of an installation by hand is done by this package.
sed -e '/^# By hand/d' -e '/^#   /d' -e '/^#$/d' -e 's|/usr/local/bin/|/usr/bin/|' \
    -e "s|^Description=.*|&\nDocumentation=man:$name(1) man:$name.yml(5)|" \
    deploy/systemd/$name.service >"$tree/debian/$name.service"
cp deploy/systemd/sysusers.conf "$tree/debian/$name.sysusers"
cp deploy/systemd/tmpfiles.conf "$tree/debian/$name.tmpfiles"

cp "$program" "$tree/$name"
"$program" help man >"$tree/$name.1"
"$program" help man config >"$tree/$name.yml.5"
"$program" completion bash >"$tree/completions/$name"
"$program" completion zsh >"$tree/completions/_$name"
"$program" completion fish >"$tree/completions/$name.fish"
# Its first line tells editors where the schema is.
sed "1s|\$schema=|&/usr/share/doc/$name/examples/|" config/minimal.yml >"$tree/$name.yml"
cp CHANGELOG.md "$tree"
cp config/*.yml config/*.schema.json "$tree/config"
cp dashboards/*.json "$tree/dashboards"
cp deploy/prometheus/{alerts,rules,scrape}.yml "$tree/prometheus"

(cd "$tree" && dpkg-buildpackage --build=binary --no-sign) >"$output/build.log" 2>&1 ||
    { cat "$output/build.log" >&2; exit 1; }
rm -r "$tree"
echo "Built $(ls "$output"/*.deb)"
