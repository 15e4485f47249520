# Only parsed, never built where this is developed. Version and hash are written by `cargo xtask package --recipes`.
class Spoke < Formula
  desc "VPN client for Azure virtual networks"
  homepage "https://github.com/spoke-vpn/spoke"
  url "https://github.com/spoke-vpn/spoke/releases/download/v0.1.0/spoke-0.1.0.tar.gz"
  sha256 "to be filled in by cargo xtask package --recipes"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "cmake" => :build
  depends_on "rust" => :build

  def install
    system "cargo", "build", "--locked", "--profile", "dist", "--bins",
           "--package", "spoke-cli", "--package", "spoke-daemon"
    bin.install "target/dist/spoke", "target/dist/spoked"
    man1.mkpath
    system bin/"spoke", "man", "--write", man1
    (man8/"spoked.8").write Utils.safe_popen_read(bin/"spoked", "--man")
    generate_completions_from_executable(bin/"spoke", "completion", shells: [:bash, :zsh, :fish])
  end

  service do
    run opt_bin/"spoked"
    require_root true
    keep_alive successful_exit: false
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/spoke --version")
  end
end
