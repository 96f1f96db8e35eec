# network
resource "aws_db_instance" "main" {
  engine         = "postgres"
  engine_version = "16.3" # pinned
  tags = {
    Team = "core"
    Env  = "prod"
  }
  storage_encrypted = true
}

variable "region" {
  default = "eu-central-1"
}
