# services.spoke.enable = true;
self:
{ config, lib, pkgs, ... }:

let
  cfg = config.services.spoke;
in
{
  options.services.spoke = {
    enable = lib.mkEnableOption "Spoke, a VPN client for Azure virtual networks";
    package = lib.mkOption {
      type = lib.types.package;
      default = self.packages.${pkgs.stdenv.hostPlatform.system}.spoke;
      description = "The package with `spoke` and `spoked`.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.services.spoked = {
      wantedBy = [ "multi-user.target" ];
      # A new version takes over once nobody is connected.
      restartIfChanged = false;
      stopIfChanged = false;
    };
  };
}
