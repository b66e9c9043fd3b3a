"""The app in a real browser, as it is deployed."""
