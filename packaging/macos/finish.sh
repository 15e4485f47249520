#!/bin/sh
# Run on a Mac, in the unpacked folder: signs what is in it and makes Spoke-VERSION.pkg and .dmg.
#   SPOKE_APPLICATION  a "Developer ID Application" identity in the keychain
#   SPOKE_INSTALLER    a "Developer ID Installer" identity
#   SPOKE_NOTARY       a profile of `xcrun notarytool store-credentials`
# Without the first two nothing is signed but by nobody, without the last nothing is notarised.
set -eu
cd "$(dirname "$0")"

version=$(cat VERSION)
app=payload/Applications/Spoke.app
pkg=Spoke-$version.pkg
dmg=Spoke-$version.dmg
application=${SPOKE_APPLICATION:--}
installer=${SPOKE_INSTALLER:-}
notary=${SPOKE_NOTARY:-}

# The hardened runtime, without an exception: no code is made at run time, none of others is
# loaded, and the web view's work is done by processes of the system. So there are no entitlements.
set -- --force --options runtime --sign "$application"
[ "$application" = - ] || set -- "$@" --timestamp
codesign "$@" --identifier org.spoke-vpn.spoke payload/usr/local/bin/spoke
codesign "$@" --identifier org.spoke-vpn.spoked payload/usr/local/bin/spoked
codesign "$@" "$app"
codesign --verify --strict --verbose=2 "$app" payload/usr/local/bin/spoke payload/usr/local/bin/spoked

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The app stays where it is put, not where another copy of it lies.
pkgbuild --analyze --root payload "$work/components.plist"
plutil -replace 0.BundleIsRelocatable -bool NO "$work/components.plist"
pkgbuild --root payload --scripts scripts --component-plist "$work/components.plist" \
	--identifier org.spoke-vpn.Spoke --version "$version" --install-location / \
	--ownership recommended "$work/spoke.pkg"
set -- --distribution Distribution.xml --package-path "$work"
[ -z "$installer" ] || set -- "$@" --sign "$installer" --timestamp
productbuild "$@" "$pkg"
[ -z "$notary" ] || {
	xcrun notarytool submit "$pkg" --keychain-profile "$notary" --wait
	xcrun stapler staple "$pkg"
}

mkdir "$work/image"
cp "$pkg" "$work/image/"
hdiutil create -volname "Spoke $version" -srcfolder "$work/image" -fs HFS+ -format UDZO -ov "$dmg"
[ "$application" = - ] || codesign --sign "$application" --timestamp "$dmg"
[ -z "$notary" ] || {
	xcrun notarytool submit "$dmg" --keychain-profile "$notary" --wait
	xcrun stapler staple "$dmg"
}
echo "made $pkg and $dmg"
