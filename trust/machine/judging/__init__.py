"""From what the machine saw to what follows: nothing, a case, or waiting for one."""
