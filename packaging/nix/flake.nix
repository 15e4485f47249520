# Only parsed, never built where this is developed. It reads the sources and Cargo.lock beside it, so that there is no hash to fill in.
{
  description = "VPN client for Azure virtual networks";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = nixpkgs.lib.genAttrs systems;
    in
    {
      packages = each (system: rec {
        spoke = nixpkgs.legacyPackages.${system}.callPackage ./package.nix { };
        default = spoke;
      });
      nixosModules.default = import ./module.nix self;
    };
}
