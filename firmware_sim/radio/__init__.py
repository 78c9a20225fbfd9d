"""What happens to notifications between a device's firmware and the program that receives them."""
