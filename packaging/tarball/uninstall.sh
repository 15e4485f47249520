#!/bin/sh
# Removes what install.sh has installed. --purge: also what the service has kept.
# People's profiles stay.
set -eu

share=$(cd "$(dirname "$0")" && pwd)
target=$(dirname "$(dirname "$share")")
record=$share/installed
[ -f "$record" ] || { echo "nothing is recorded in $record" >&2 && exit 1; }
purge=${1:-}

unit=$target/lib/systemd/system/spoked.service
if [ -d /run/systemd/system ] && [ "$(systemctl show --property=FragmentPath --value spoked.service)" = "$unit" ]; then
	systemctl disable --now spoked.service
fi
files=$(cat "$record")
folders=$(LC_ALL=C sort -r "$share/folders")
echo "$files" | while read -r file; do
	rm -f "$target/$file"
done
# Those in which others have put something meanwhile stay.
echo "$folders" | while read -r folder; do
	rmdir "$target/$folder" 2>/dev/null || true
done
if [ -d /run/systemd/system ] && [ -x "$(command -v systemctl)" ]; then
	systemctl daemon-reload || true
fi
if [ "$purge" = --purge ]; then
	rm -rf /var/lib/spoke /run/spoke
fi
