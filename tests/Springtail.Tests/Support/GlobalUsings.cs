// A session has a Path too, which tests reach as its member.
global using Path = System.IO.Path;
