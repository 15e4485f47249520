use spoke_profile::{
    ExportOptions, ReadOptions, SecretBytes, export_azure, export_spoke, lost_in_azure,
    needed_files, open_package, options_of, read,
};

/// A profile, a package or a Spoke export: what is accepted is valid, in its normal form, and reads back equal.
pub fn profile(data: &[u8]) {
    let Ok(package) = open_package(data, &ReadOptions::default()) else {
        return;
    };
    for (_, reading) in package.profiles() {
        let profile = &reading.profile;
        let normal = profile.normalised().map(|(normal, _)| normal);
        assert_eq!(normal.as_ref(), Ok(profile));
        let with_secret = ExportOptions { with_secret: true };
        let options = options_of(profile);
        let text = export_spoke(profile, with_secret);
        let again = read(text.as_bytes(), &options).map(|reading| reading.profile);
        assert_eq!(again.as_ref(), Ok(profile));
        let lost = lost_in_azure(profile);
        if lost.contains(&"server") || lost.contains(&"wrapping") {
            continue;
        }
        let text = export_azure(profile, with_secret);
        let again = read(text.as_bytes(), &options).map(|reading| reading.profile);
        assert_eq!(
            again.map(|again| again.servers).as_ref(),
            Ok(&profile.servers)
        );
    }
}

/// A configuration of OpenVPN, with whatever files it names: what is accepted is valid, in its normal form, reads back
/// equal from Spoke's own export, and holds neither its password nor its private key.
pub fn ovpn(data: &[u8]) {
    const CONTENT: &[u8] = b"ana\ncorrect-horse-battery\n";
    let files = needed_files(data).into_iter().map(|name| {
        let content = SecretBytes::new(CONTENT.to_vec().into());
        (name, content)
    });
    let options = ReadOptions {
        files: files.collect(),
        file_name: Some("office.ovpn".to_owned()),
        ..ReadOptions::default()
    };
    let Ok(reading) = read(data, &options) else {
        return;
    };
    let profile = &reading.profile;
    let normal = profile.normalised().map(|(normal, _)| normal);
    assert_eq!(normal.as_ref(), Ok(profile));
    let text = export_spoke(profile, ExportOptions { with_secret: true });
    let again = read(text.as_bytes(), &options_of(profile)).map(|reading| reading.profile);
    assert_eq!(again.as_ref(), Ok(profile));
    assert!(!text.contains("correct-horse-battery") && !text.contains("PRIVATE KEY"));
}
