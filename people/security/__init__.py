"""What keeps an account its owner's: budgets for guesses, good passwords, second factors, passkeys."""
