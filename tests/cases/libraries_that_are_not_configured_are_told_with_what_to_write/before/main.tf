resource "kubernetes_config_map" "shop" {
  data = {
    DATABASE_URL = "postgres://shop@db.internal/shop"
    PGHOST       = "db.internal"
  }
}
