-- Copper for Java, for Lmod. Installed as share/modulefiles/copper/VERSION.lua; it finds the install tree by its own
-- place, so a tree that is moved keeps its module. A copy elsewhere needs root, and any site may set the others.
local root = ""
local site = "" -- aurora or frontier: whose launch script launch_copper is; otherwise $LMOD_SYSTEM_NAME, where set
local java = "" -- the Java to use where the nodes have none of version 17 or newer on the PATH
local address_book = "" -- the facility's address book; otherwise share/copper/*_SITE_copper_addressbook.txt of the tree
local view = "" -- where launch scripts mount Copper; otherwise /tmp/$USER/copper

if root == "" then
  root = pathJoin(myFileName():match("^(.*)/[^/]+$"), "../../..")
  root = subprocess("cd -- '" .. root .. "' 2>/dev/null && pwd -P"):gsub("%s+$", "")
end
if mode() == "load" and not isFile(pathJoin(root, "bin/cu_fuse")) then
  LmodError("copper: there is no install tree at '" .. root .. "': set root in " .. myFileName())
end

help([[
Copper, a read-only file system that the nodes of a job share, so that storage is asked once for each file.

  cu_fuse            starts one node (man cu_fuse)
  cu_fuse_shutdown   ends all nodes of a job
  launch_copper_*, stop_copper_*   start and end Copper on all nodes of a job, where these scripts are installed

Sets COPPER_ROOT, CUPATH (the program cu_fuse) and CU_FUSE_MNT_VIEWDIR (where Copper is mounted).
]])
whatis("Name: copper")
whatis("Version: " .. myModuleVersion())
whatis("Description: Read-only cooperative cache for starting programs on many nodes (Java)")
whatis("Category: I/O, caching")

setenv("COPPER_ROOT", root)
setenv("CUPATH", pathJoin(root, "bin/cu_fuse"))
setenv("CU_FUSE_MNT_VIEWDIR", view ~= "" and view or pathJoin("/tmp", os.getenv("USER") or "user", "copper"))
prepend_path("PATH", pathJoin(root, "bin"))
prepend_path("MANPATH", pathJoin(root, "share/man"))
append_path("MANPATH", "") -- the system's own pages
if java ~= "" then
  setenv("COPPER_JAVA", java)
end
if site == "" then
  site = os.getenv("LMOD_SYSTEM_NAME") or ""
end
for _, facility in ipairs({ "alcf", "olcf" }) do
  local book = pathJoin(root, "share/copper", facility .. "_" .. site .. "_copper_addressbook.txt")
  if address_book == "" and isFile(book) then
    address_book = book
  end
end
if address_book ~= "" then
  setenv("facility_address_book", address_book)
end

for _, verb in ipairs({ "launch_copper", "stop_copper" }) do
  for _, name in ipairs({ verb, verb .. "_aurora", verb .. "_frontier" }) do
    if isFile(pathJoin(root, "bin", name .. ".sh")) then
      set_alias(name, name .. ".sh")
    end
  end
  if isFile(pathJoin(root, "bin", verb .. "_" .. site .. ".sh")) then
    set_alias(verb, verb .. "_" .. site .. ".sh")
  end
end
