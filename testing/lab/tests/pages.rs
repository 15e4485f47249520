//! A real OpenVPN server that lets nobody in before they have been on a page of its own.

mod common;

use common::real_server::server_world;
use spoke_lab::{Finished, Lab, LabError, places};
use std::path::{Path, PathBuf};

/// The server's folder.
fn folder() -> PathBuf {
    Path::new(spoke_lab::FOLDER).join("openvpn")
}

/// Has the server send everybody to `page` by `method`, with a step of this kind, and decide when they have been there.
fn send_to(page: &str, method: &str, kind: &str, verdict: u8) -> Result<(), LabError> {
    let opened = folder().join("opened");
    let opened = opened.display();
    let check = format!(
        "#!/bin/sh\n[ \"$username\" = AzureAD ] || exit 1\n\
         printf '30\\n{method}\\n{kind}:{page}\\n' > \"$auth_pending_file\"\n\
         ( until grep -qxF '{page}' '{opened}'; do sleep 0.1; done; printf {verdict} > \"$auth_control_file\" ) >/dev/null 2>&1 &\n\
         exit 2\n"
    );
    std::fs::write(folder().join("check"), check).map_err(LabError::io("change the check"))
}

/// Has the user's browser note the server's pages; others it shows as ever.
fn watch_browser(lab: &Lab) -> Result<(), LabError> {
    let browser = lab.home().join("browser");
    let usual = std::fs::read_to_string(&browser).map_err(LabError::io("read the browser"))?;
    let opened = folder().join("opened");
    let note = format!(
        "#!/bin/sh\ncase \"$1\" in https://www.lab.example/*) printf '%s\\n' \"$1\" >> '{}'; exit;; esac\n",
        opened.display()
    );
    std::fs::write(&opened, "").map_err(LabError::io("make a list of pages"))?;
    std::fs::write(&browser, usual.replacen("#!/bin/sh\n", &note, 1))
        .map_err(LabError::io("change the browser"))
}

fn said(done: &Finished) -> String {
    format!("{}{}", done.stdout, done.stderr)
}

#[test]
fn the_servers_pages_are_opened_and_its_verdict_is_awaited() {
    if !spoke_needs::program("openvpn") {
        return;
    }
    spoke_lab::test_inside(
        "the_servers_pages_are_opened_and_its_verdict_is_awaited",
        || -> Result<(), LabError> {
            let (mut lab, server) = server_world(3600)?;
            watch_browser(&lab)?;
            common::ready_to_connect(&mut lab)?;
            let before = lab.host_snapshot()?;
            let steps = [("openurl", "OPEN_URL"), ("webauth", "WEB_AUTH:")];
            for (method, kind) in steps {
                let page = format!("https://www.lab.example/consent?by={method}&for=you");
                send_to(&page, method, kind, 1)?;
                let connected = lab.spoke(&["connect", "--timeout", "30s"])?;
                assert!(
                    connected.success(),
                    "{connected:?}\n{}\n{}",
                    lab.daemon_log(),
                    server.log()
                );
                assert!(said(&connected).contains(&page), "{connected:?}");
                common::intranet_answers(&lab, places::INTRANET)?;
                let disconnected = lab.spoke(&["disconnect"])?;
                assert!(disconnected.success(), "{disconnected:?}");
            }

            let page = "https://www.lab.example/consent?refused";
            send_to(page, "openurl", "OPEN_URL", 0)?;
            let refused = lab.spoke(&["connect", "--timeout", "30s"])?;
            assert!(!refused.success(), "{refused:?}\n{}", server.log());
            assert!(
                said(&refused).contains("refused the sign-in"),
                "{refused:?}"
            );
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");

            let opened = std::fs::read_to_string(folder().join("opened"));
            let opened = opened.map_err(LabError::io("read the list of pages"))?;
            let expected = [
                "https://www.lab.example/consent?by=openurl&for=you",
                "https://www.lab.example/consent?by=webauth&for=you",
                page,
                // A refusal may have hit the token: a fresh one is tried.
                page,
            ];
            let opened: Vec<&str> = opened.lines().collect();
            assert_eq!(opened, expected);
            Ok(())
        },
    );
}
