# PostgreSQL of the shop
provider "postgresql" {
  host = "db.internal"
}
