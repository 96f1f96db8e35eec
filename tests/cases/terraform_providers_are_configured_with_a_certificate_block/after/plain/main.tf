# PostgreSQL of the shop
provider "postgresql" {
  host = "db.internal"
  sslmode = "require"
  sslrootcert = "/etc/certs/server-ca.pem"

  clientcert {
    cert = "/etc/certs/client-cert.pem"
    key  = "/etc/certs/client-key.pem"
  }
}

provider "postgresql" {
  alias   = "reports"
  host    = "reports.internal"
  sslmode = "require" # for now

  # of the reports
  superuser = false
  sslrootcert = "/etc/certs/server-ca.pem"

  clientcert {
    cert = "/etc/certs/client-cert.pem"
    key  = "/etc/certs/client-key.pem"
  }
}

provider "postgresql" {
  alias = "line"
  host  = "line.internal"
  clientcert {
    cert      = file("c.pem")
    key       = file("k.pem")
    sslinline = true
  }
}

provider "postgresql" {
  alias  = "rds"
  scheme = "awspostgres"
  host   = "rds.internal"
}
