// The empty app gives its page nothing.
