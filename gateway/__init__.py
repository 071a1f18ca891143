"""The one HTTP entrance: the route table, Envoy's configuration made from it, and the edge for what a proxy cannot do."""
