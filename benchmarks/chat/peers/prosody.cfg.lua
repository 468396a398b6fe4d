-- Debian's modules, the archive with them, on loopback and without its limits.
data_path = "{directory}/data"
pidfile = "{directory}/prosody.pid"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
modules_enabled = {{
	"disco"; "roster"; "saslauth"; "blocklist"; "bookmarks"; "carbons"; "pep"; "private"; "smacks"; "vcard4";
	"vcard_legacy"; "csi_simple"; "ping"; "register"; "time"; "uptime"; "version"; "mam";
}}
modules_disabled = {{ "s2s"; "tls" }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
allow_registration = true
authentication = "internal_hashed"
archive_expires_after = "1w"
log = {{ warn = "*console" }}
VirtualHost "localhost"
