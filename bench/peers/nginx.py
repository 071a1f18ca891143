"""nginx twice: as the upstream everybody proxies to, and as the peer with duties comparable to the gateway's, without tokens."""

import os
from pathlib import Path

_COMMON = """
{user}daemon off; master_process on; worker_processes 1; pid {folder}/{name}.pid; error_log /dev/null crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000; sendfile on; tcp_nodelay on;
  client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy; fastcgi_temp_path {folder}/{name}-f;
  uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s;
{body}
}}
"""
_UPSTREAM = """
  server {{
    listen 127.0.0.1:{port} reuseport; default_type application/json;
    location = /.well-known/jwks.json {{ alias {folder}/jwks.json; }}
    location ~ ^/media/ {{ default_type image/jpeg; root {folder}; try_files /large =404; }}
    location / {{ default_type application/json; return 200 '{small}'; }}
  }}
"""
_PROXY = """
  log_format json escape=json '{{"at":"$time_iso8601","method":"$request_method","route":"$uri","status":"$status",'
    '"ms":"$request_time","bytes":"$bytes_sent","upstream":"$upstream_addr","trace_id":"$request_id"}}';
  limit_req_zone $binary_remote_addr zone=address:10m rate=100000r/s;
  limit_req_zone $http_authorization zone=person:10m rate=100000r/s;
  upstream services {{ server 127.0.0.1:{upstream}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port}; access_log /dev/null json; client_max_body_size 256k; client_header_timeout 5s;
    gzip on; gzip_types application/json; gzip_min_length 4096;
    location / {{
      limit_req zone=address burst=100000 nodelay; limit_req zone=person burst=100000 nodelay;
      proxy_pass http://services; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_read_timeout 10s;
      proxy_set_header X-User-Id ""; proxy_set_header X-User-Roles ""; proxy_set_header Cookie "";
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Request-Id $request_id;
      add_header X-Content-Type-Options nosniff; add_header Referrer-Policy same-origin; add_header X-Trace-Id $request_id;
    }}
    location /media/ {{ proxy_pass http://services; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering on; }}
  }}
"""


def upstream(folder: Path, port: int, jwks: str) -> list[str]:
    """The command of the upstream: a kilobyte of JSON, a key set, eight megabytes."""
    (folder / "jwks.json").write_text(jwks)
    (folder / "large").write_bytes(bytes(8 * 1024 * 1024))
    return _command(folder, "upstream", _UPSTREAM.format(port=port, folder=folder, small='{"text": "' + "x" * 1010 + '"}'))


def proxy(folder: Path, port: int, upstream_port: int) -> list[str]:
    """The command of the peer."""
    return _command(folder, "proxy", _PROXY.format(port=port, upstream=upstream_port))


def _command(folder: Path, name: str, body: str) -> list[str]:
    file = folder / f"{name}.conf"
    file.write_text(_COMMON.format(folder=folder, name=name, body=body, user="user root; " if os.geteuid() == 0 else ""))
    return ["nginx", "-c", str(file), "-e", "/dev/null"]
