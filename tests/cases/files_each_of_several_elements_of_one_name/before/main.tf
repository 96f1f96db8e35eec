resource "aws_security_group" "db" {
  ingress {
    from_port = 22
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    from_port = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
}
