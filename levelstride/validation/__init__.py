"""How far the results are from references: suites, methods compared, targets, figures."""
