#!/usr/bin/env node
// A browser without a screen: opens the page given as its only argument, follows
// redirects, fills in forms, and writes the last page to $SEEN.
//
//   ANSWER=no      declines
//   USER_CODE=…    is typed where a code is asked for
//   STRAY=1        brings the redirect an answer with another state first
import { writeFileSync } from 'node:fs';

const jar = [];
let stray = process.env.STRAY;

async function go(url, init = {}) {
  const { pathname } = url;
  const cookie = jar.filter((c) => pathname.startsWith(c.path)).map((c) => `${c.name}=${c.value}`).join('; ');
  const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie, ...init.headers } });
  for (const line of response.headers.getSetCookie()) {
    const [pair, ...attributes] = line.split(/;\s*/);
    const [name, value] = pair.split(/=(.*)/s);
    const path = attributes.find((a) => /^path=/i.test(a))?.slice(5) ?? '/';
    const old = jar.findIndex((c) => c.name === name && c.path === path);
    if (old >= 0) jar.splice(old, 1);
    if (value) jar.push({ name, value, path });
  }
  return response;
}

let url = new URL(process.argv[2]);
let response = await go(url);
for (let step = 0; step < 30; step += 1) {
  const location = response.headers.get('location');
  if (location) {
    url = new URL(location, url);
    if (stray && url.searchParams.has('state') && url.protocol === 'http:') {
      stray = undefined;
      const wrong = new URL(url);
      wrong.searchParams.set('state', 'of-another-sign-in');
      const answer = await fetch(wrong, { redirect: 'manual' });
      if (answer.status !== 400) throw new Error(`a stray answer got ${answer.status}`);
    }
    response = await go(url);
    continue;
  }
  const html = await response.text();
  const form = html.match(/<form[^>]*>[\s\S]*?<\/form>/)?.[0];
  if (!form) {
    if (process.env.SEEN) writeFileSync(process.env.SEEN, `${url}\n${html}`);
    break;
  }
  const fields = new URLSearchParams();
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const attribute = (name) => input.match(new RegExp(`${name}="([^"]*)"`))?.[1];
    fields.set(attribute('name'), attribute('value') ?? '');
  }
  if (fields.has('login')) fields.set('login', 'ana@contoso.example');
  if (fields.has('answer')) fields.set('answer', process.env.ANSWER ?? 'yes');
  if (fields.has('user_code')) fields.set('user_code', process.env.USER_CODE);
  const action = form.match(/action="([^"]*)"/)[1].replaceAll('&amp;', '&');
  url = new URL(action, url);
  response = await go(url, { method: 'POST', body: fields, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
}
