mod lockdown;
mod network;
mod portal;
mod resolv_conf;
mod resolved;
mod support;
