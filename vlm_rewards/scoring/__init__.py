"""From a batch to totals: binding of columns, evaluation, validation of outputs, combination."""
