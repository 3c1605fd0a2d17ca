"""What the law asks for from outside: notices of people without an account, orders of authorities, contact points."""
