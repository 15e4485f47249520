#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spoke_sim::strangers::api_frame(data));
