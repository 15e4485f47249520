#!/bin/sh
# Removes what the package for macOS has installed. --purge: also what the service has kept.
# People's profiles and sign-ins stay.
set -eu

[ "$(id -u)" = 0 ] || { echo "run it as root: sudo $0" >&2 && exit 1; }
package=org.spoke-vpn.Spoke
service=system/org.spoke-vpn.spoked

# Ending it disconnects and gives the network back.
launchctl bootout "$service" 2>/dev/null || true
files=$(pkgutil --only-files --files "$package")
folders=$(pkgutil --only-dirs --files "$package" | LC_ALL=C sort -r)
echo "$files" | while read -r file; do
	rm -f "/$file"
done
# Only ours, and of them those in which nobody else has put something.
echo "$folders" | while read -r folder; do
	case "$folder" in
	*[Ss]poke*) rmdir "/$folder" 2>/dev/null || true ;;
	esac
done
pkgutil --forget "$package"
if [ "${1:-}" = --purge ]; then
	rm -rf "/Library/Application Support/Spoke" /Library/Logs/Spoke /var/run/spoke
fi
