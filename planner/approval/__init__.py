"""How a plan is agreed: stages, who approves what, challenges and their answers."""
