variable "database_url" {
  description = "postgres://user@host/db"
  default     = "postgres://shop@db.internal/shop" # of the workers
}

locals {
  worker_dsn = "host=db.internal dbname=shop sslmode=disable"
  done_url   = "postgres://db/a?sslmode=verify-full&sslrootcert=/c/ca.pem&sslcert=/c/c.pem&sslkey=/c/k.pem"
  joined     = "postgres://${var.user}:${var.password}@db.internal/shop"
  environment = [
    { name = "LOG_LEVEL", value = "info" },
    { name = "REPORTS_URL", value = "postgresql://reports@db.internal/reports" },
    { name = "PGHOST", value = "db.internal" },
  ]
  secrets = jsonencode({ url = "postgres://shop@db.internal/shop" })
}

resource "kubernetes_config_map" "shop" {
  data = {
    SHOP_URL = "postgres://shop@db.internal/shop?connect_timeout=5"
    PGHOST   = "db.internal"
  }
}

resource "kubernetes_deployment" "shop" {
  spec {
    container {
      env {
        name  = "WORKER_URL"
        value = "postgres://worker@db.internal/shop"
      }
      env {
        name  = "PGHOST"
        value = "db.internal"
      }
    }
  }
}
