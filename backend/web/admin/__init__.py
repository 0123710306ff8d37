"""What stands under Administration: set-up, policy, people and teams, health, the audit log."""
