#%Module1.0
# Copper for Java, for Environment Modules. Installed as share/modulefiles/copper/VERSION; it finds the install tree by
# its own place, so a tree that is moved keeps its module. A copy elsewhere needs root, and any site may set the others.
set root ""
set site ""          ;# aurora or frontier: whose launch script launch_copper is; otherwise $LMOD_SYSTEM_NAME, where set
set java ""          ;# the Java to use where the nodes have none of version 17 or newer on the PATH
set address_book ""  ;# the facility's address book; otherwise share/copper/*_SITE_copper_addressbook.txt of the tree
set view ""          ;# where launch scripts mount Copper; otherwise /tmp/$USER/copper

if {$root eq ""} {
    set root [file dirname [file dirname [file dirname [file dirname [file normalize $ModulesCurrentModulefile]]]]]
}
if {[module-info mode load] && ![file exists $root/bin/cu_fuse]} {
    puts stderr "copper: there is no install tree at '$root': set root in $ModulesCurrentModulefile"
    exit 1
}

proc ModulesHelp {} {
    puts stderr {Copper, a read-only file system that the nodes of a job share, so that storage is asked once for each file.

  cu_fuse            starts one node (man cu_fuse)
  cu_fuse_shutdown   ends all nodes of a job
  launch_copper_*, stop_copper_*   start and end Copper on all nodes of a job, where these scripts are installed

Sets COPPER_ROOT, CUPATH (the program cu_fuse) and CU_FUSE_MNT_VIEWDIR (where Copper is mounted).}
}
module-whatis "Read-only cooperative cache for starting programs on many nodes (Java)"

conflict copper
setenv COPPER_ROOT $root
setenv CUPATH $root/bin/cu_fuse
if {$view eq ""} {
    set user user
    if {[info exists env(USER)]} {
        set user $env(USER)
    }
    set view /tmp/$user/copper
}
setenv CU_FUSE_MNT_VIEWDIR $view
prepend-path PATH $root/bin
prepend-path MANPATH $root/share/man
append-path MANPATH {} ;# the system's own pages
if {$java ne ""} {
    setenv COPPER_JAVA $java
}
if {$site eq "" && [info exists env(LMOD_SYSTEM_NAME)]} {
    set site $env(LMOD_SYSTEM_NAME)
}
foreach facility {alcf olcf} {
    set book $root/share/copper/${facility}_${site}_copper_addressbook.txt
    if {$address_book eq "" && [file exists $book]} {
        set address_book $book
    }
}
if {$address_book ne ""} {
    setenv facility_address_book $address_book
}

foreach verb {launch_copper stop_copper} {
    foreach name [list ${verb}_aurora ${verb}_frontier $verb] {
        if {[file exists $root/bin/$name.sh]} {
            set-alias $name $name.sh
        }
    }
    if {[file exists $root/bin/${verb}_$site.sh]} {
        set-alias $verb ${verb}_$site.sh
    }
}
