# network
resource "aws_db_instance" "main" {
  engine         = "postgres"
  engine_version = "14.7" # pinned
  tags = {
    Team = "core"
  }
}

variable "region" {
  default = "eu-west-1"
}
