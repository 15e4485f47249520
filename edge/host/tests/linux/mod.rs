mod network;
mod resolv_conf;
mod resolved;
mod support;
