provider "postgresql" {
  host     = "db.internal"
  username = "shop"
  password = var.db_password

  clientcert {
    cert = ""
  }
}
