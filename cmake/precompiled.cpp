// Holds the precompiled header, which needs a target of its own.
