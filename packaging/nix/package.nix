# The command line, the service and the gateway. The desktop app needs its pages built by npm first and is left out.
{ lib, rustPlatform, cmake, perl, installShellFiles }:

rustPlatform.buildRustPackage {
  pname = "spoke";
  version = "0.1.0";
  src = lib.cleanSource ../..;
  cargoLock.lockFile = ../../Cargo.lock;
  buildType = "dist";
  cargoBuildFlags = [ "-p" "spoke-cli" "-p" "spoke-daemon" "-p" "spoke-gateway" ];
  nativeBuildInputs = [ cmake perl rustPlatform.bindgenHook installShellFiles ];
  dontUseCmakeConfigure = true;
  # The tests want namespaces and real peers; they are passed where releases are made.
  doCheck = false;

  postInstall = ''
    install -Dm644 packaging/systemd/spoked.service -t $out/lib/systemd/system/
    install -Dm644 packaging/systemd/spoke-gateway.service -t $out/lib/systemd/system/
    substituteInPlace $out/lib/systemd/system/*.service --replace-fail /usr/bin/ $out/bin/
    mkdir -p $out/share/man/man1 $out/share/man/man8
    $out/bin/spoke man --write $out/share/man/man1
    $out/bin/spoked --man > $out/share/man/man8/spoked.8
    $out/bin/spoke-gateway man > $out/share/man/man8/spoke-gateway.8
    installShellCompletion --cmd spoke \
      --bash <($out/bin/spoke completion bash) \
      --zsh <($out/bin/spoke completion zsh) \
      --fish <($out/bin/spoke completion fish)
  '';

  meta = {
    description = "VPN client for Azure virtual networks";
    homepage = "https://github.com/spoke-vpn/spoke";
    license = with lib.licenses; [ mit asl20 ];
    mainProgram = "spoke";
    platforms = lib.platforms.linux;
  };
}
