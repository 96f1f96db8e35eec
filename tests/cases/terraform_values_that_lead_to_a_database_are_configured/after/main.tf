variable "database_url" {
  description = "postgres://user@host/db"
  default     = "postgres://shop@db.internal/shop?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem" # of the workers
}

locals {
  worker_dsn = "host=db.internal dbname=shop sslmode=require sslrootcert=/etc/certs/server-ca.pem sslcert=/etc/certs/client-cert.pem sslkey=/etc/certs/client-key.pem"
  done_url   = "postgres://db/a?sslmode=verify-full&sslrootcert=/c/ca.pem&sslcert=/c/c.pem&sslkey=/c/k.pem"
  joined     = "postgres://${var.user}:${var.password}@db.internal/shop"
  environment = [
    { name = "LOG_LEVEL", value = "info" },
    { name = "REPORTS_URL", value = "postgresql://reports@db.internal/reports?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem" },
    { name = "PGHOST", value = "db.internal" },
    { name = "PGSSLMODE", value = "require" },
    { name = "PGSSLROOTCERT", value = "/etc/certs/server-ca.pem" },
    { name = "PGSSLCERT", value = "/etc/certs/client-cert.pem" },
    { name = "PGSSLKEY", value = "/etc/certs/client-key.pem" },
  ]
  secrets = jsonencode({ url = "postgres://shop@db.internal/shop" })
}

resource "kubernetes_config_map" "shop" {
  data = {
    SHOP_URL = "postgres://shop@db.internal/shop?connect_timeout=5&sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem"
    PGHOST   = "db.internal"
    PGSSLMODE = "require"
    PGSSLROOTCERT = "/etc/certs/server-ca.pem"
    PGSSLCERT = "/etc/certs/client-cert.pem"
    PGSSLKEY = "/etc/certs/client-key.pem"
  }
}

resource "kubernetes_deployment" "shop" {
  spec {
    container {
      env {
        name  = "WORKER_URL"
        value = "postgres://worker@db.internal/shop?sslmode=require&sslrootcert=/etc/certs/server-ca.pem&sslcert=/etc/certs/client-cert.pem&sslkey=/etc/certs/client-key.pem"
      }
      env {
        name  = "PGHOST"
        value = "db.internal"
      }
    }
  }
}
