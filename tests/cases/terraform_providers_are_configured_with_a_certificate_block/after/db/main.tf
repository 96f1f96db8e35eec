provider "postgresql" {
  host     = "db.internal"
  username = "shop"
  password = var.db_password
  sslmode  = "require"
  sslrootcert = "/etc/certs/server-ca.pem"

  clientcert {
    cert = "/etc/certs/client-cert.pem"
    key  = "/etc/certs/client-key.pem"
  }
}
