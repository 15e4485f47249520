# Becomes the init of a system: $1 is its root, $2 the control group it lives in, $3 where
# its console's output goes, $4 what it shares with the lab. Runs in namespaces of its own.
set -e
mount --make-rprivate /
mount -t proc proc "$1/proc"
# Settings of the kernel that are not of a namespace belong to the machine outside.
mount --bind "$1/proc/sys" "$1/proc/sys"
mount -o remount,bind,ro "$1/proc/sys"
mount -t sysfs -o ro sysfs "$1/sys"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
for folder in run tmp dev; do mount -t tmpfs tmpfs "$1/$folder"; done
mkdir -p "$1/dev/net" "$1/dev/shm" "$1/dev/pts" "$1$4"
for device in null zero full random urandom tty net/tun; do
	touch "$1/dev/$device"
	mount --bind "/dev/$device" "$1/dev/$device"
done
touch "$1/dev/console"
mount --bind "$3" "$1/dev/console"
mount -t tmpfs tmpfs "$1/dev/shm"
ln -s /proc/self/fd "$1/dev/fd"
mount --rbind "$4" "$1$4"
mkdir -p "$1/outside"
cd "$1"
pivot_root . outside
umount -l /outside
rmdir /outside
exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
	/lib/systemd/systemd --log-target=console </dev/null
