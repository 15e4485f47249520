//! The pages that a person sees.

/// The sign-in page for the sign-in under way named `id`.
pub(super) fn sign_in(action: &str, id: &str, complaint: &str) -> String {
    page(
        "Sign in to your account",
        &format!(
            r#"<p class="problem">{complaint}</p>
<form method="post" action="{action}">
<input type="hidden" name="sign_in" value="{id}">
<label>Account <input type="email" name="account" autocomplete="username" autofocus></label>
<label>Password <input type="password" name="password" autocomplete="current-password"></label>
<button type="submit">Sign in</button>
</form>"#,
            complaint = escape(complaint),
            id = escape(id),
            action = escape(action),
        ),
    )
}

/// The page where the code of another device is typed.
pub(super) fn device(user_code: &str, complaint: &str) -> String {
    page(
        "Enter code",
        &format!(
            r#"<p class="problem">{complaint}</p>
<form method="post" action="/device">
<label>Code <input type="text" name="user_code" value="{code}"></label>
<label>Account <input type="email" name="account" autocomplete="username"></label>
<label>Password <input type="password" name="password" autocomplete="current-password"></label>
<button type="submit">Sign in</button>
</form>"#,
            complaint = escape(complaint),
            code = escape(user_code),
        ),
    )
}

/// A page that only says something.
pub(super) fn notice(title: &str, text: &str) -> String {
    page(title, &format!("<p>{}</p>", escape(text)))
}

fn page(title: &str, body: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:1rem system-ui;max-width:24rem;margin:4rem auto}}label{{display:block;margin:1rem 0}}input{{display:block;width:100%}}.problem{{color:#a00}}</style>
</head><body><h1>{title}</h1>
{body}
</body></html>
"#
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
