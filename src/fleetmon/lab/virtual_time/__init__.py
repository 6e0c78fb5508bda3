"""An office and its monitor without waiting: months in a minute, with every answer decoded."""
