"""Those who are paid: who they are, where their money goes, what they can ask for."""
