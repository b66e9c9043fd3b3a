"""The engine of the delivery kit: from source to a proven deployment. It never imports invoke or tasks."""
