//! `spoke import FILE`
