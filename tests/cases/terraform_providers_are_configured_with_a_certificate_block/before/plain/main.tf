# PostgreSQL of the shop
provider "postgresql" {
  host = "db.internal"
}

provider "postgresql" {
  alias   = "reports"
  host    = "reports.internal"
  sslmode = "disable" # for now

  # of the reports
  superuser = false
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
