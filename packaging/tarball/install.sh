#!/bin/sh
# Installs Spoke from this folder: ./install.sh [--prefix /usr/local] [--root DIR]
# With --root everything goes below DIR and no service is started.
set -eu

prefix=/usr/local
root=
while [ $# -gt 0 ]; do
	case "$1" in
	--prefix) prefix=$2 && shift 2 ;;
	--root) root=$2 && shift 2 ;;
	*) echo "usage: $0 [--prefix DIR] [--root DIR]" >&2 && exit 2 ;;
	esac
done
case "$prefix" in
/*) ;;
*) echo "the prefix must begin with /: $prefix" >&2 && exit 2 ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
target=$root$prefix
record=$target/share/spoke/installed
folders=$target/share/spoke/folders

# Folders that are made here go again with the rest; those of a former installation too.
new=$(mktemp)
mkdir -p "$target"
{ (cd "$here/files" && find . -mindepth 1 -type d) && echo ./share/spoke; } | LC_ALL=C sort -u |
	while read -r folder; do
		[ -d "$target/$folder" ] || echo "$folder" >>"$new"
		mkdir -p "$target/$folder"
	done
[ ! -f "$folders" ] || cat "$folders" >>"$new"
LC_ALL=C sort -u "$new" >"$folders"
rm "$new"

# What is there already is replaced, never cut: a program that runs goes on.
(cd "$here/files" && find . -type f) | LC_ALL=C sort | while read -r file; do
	cp -p "$here/files/$file" "$target/$file.new"
	case "$file" in
	*.service) sed "s|=/usr/bin/|=$prefix/bin/|" "$here/files/$file" >"$target/$file.new" ;;
	esac
	mv -f "$target/$file.new" "$target/$file"
done
cp "$here/uninstall.sh" "$target/share/spoke/uninstall.sh"
{
	(cd "$here/files" && find . -type f)
	echo ./share/spoke/uninstall.sh
	echo ./share/spoke/installed
	echo ./share/spoke/folders
} | sed 's|^\./||' | LC_ALL=C sort >"$record"

if [ -z "$root" ] && [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; then
	systemctl daemon-reload
	systemctl enable spoked.service
	if systemctl --quiet is-active spoked.service; then
		systemctl kill --signal=HUP spoked.service
		echo "spoked: the new version takes over once nobody is connected."
	else
		systemctl start spoked.service
	fi
fi
echo "installed in $target; to remove it: $target/share/spoke/uninstall.sh"
