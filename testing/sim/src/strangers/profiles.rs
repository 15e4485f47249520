use spoke_profile::{
    ExportOptions, ReadOptions, export_azure, export_spoke, open_package, options_of, read,
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
        let text = export_azure(profile, with_secret);
        let again = read(text.as_bytes(), &options).map(|reading| reading.profile);
        assert_eq!(
            again.map(|again| again.servers).as_ref(),
            Ok(&profile.servers)
        );
    }
}
